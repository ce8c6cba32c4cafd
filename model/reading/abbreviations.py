"""Abbreviations that news in English ends with a full stop, in lower case and without it.

nupunkt's own list was learnt from scanned papers of courts and offices. Half of it is misread words, and
among the rest are "bank", "bombed", "Homs", "port" and "UN", after which a sentence would not end. Of what it
has, the abbreviations with a full stop inside ("U.S.", "a.m.") and the single letters are kept.
"""

from __future__ import annotations

_TITLES = """
    mr mrs ms mme mlle messrs dr drs dra prof rev revd fr hon st ste sr sra srta jr esq ret
    sen sens rep reps gov govs pres amb atty supt insp det asst assoc dir exec sec dep mohd
"""
_RANKS = """
    gen gens lt col cols maj capt cmdr comdr cdr cmdt adm brig sgt sgts cpl pvt pfc spc
    gral cnel div regt bn bde sqn
"""
_NAMES = "wm geo chas robt thos edw benj jas jos"
_DATES = "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues thu thur thurs fri"
_FIRMS = "co cos corp inc ltd llc plc bros mfg assn dept govt natl intl univ inst"
_PLACES = """
    ave blvd rd hwy mt mts ft pt
    ala ariz ark calif colo conn del fla ga ind kan kans ky la md mass mich minn mo mont neb nev okla
    pa penn tenn tex vt va wash wis wyo
"""
_MEASURES = "approx est min hr hrs yr yrs lb lbs oz no nos vol vols ed eds fig figs pp ch"
_LATIN = "al etc vs viz cf ca ibid incl misc tel"

ABBREVIATIONS = frozenset(
    " ".join((_TITLES, _RANKS, _NAMES, _DATES, _FIRMS, _PLACES, _MEASURES, _LATIN)).split()
)
