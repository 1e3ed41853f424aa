"""Ordinary English that is never a misspelt trading word. The spelling stage leaves these alone."""

from __future__ import annotations

ORDINARY = frozenset(
    """
    able about accept account across act actually add advice advance after again against ago agree ahead aim all almost alone along
    already also although always am among amount and angry another answer any anybody anyone anything anyway apart appreciate are
    area around as ask asked at away baby bad based basic basics basis be bear beat beautiful became because been before began
    begin behind being believe best better between big bit black blue board body book bored both bought bounce boring boss bot box boy bread brief
    bring broad broker brokers brother brought build built bull business busy but by came can cannot car care careful case cash cat
    caught cause certain chance charge charges chart charts cheap check cheers child choice clean clear click clock code coffee cold
    come comes coming common company computer confident consider constant cool copy correct cost could country couple course
    create crazy curious current cut daily dad date dear decided deep degree desk did die different difficult do does dog doing done door
    down dream drink drive during each early earn earth easy eat effect eight either else email end ends energy enjoy
    enough especially even evening ever every everybody everyone everything evidence exact example excellent except expect
    experience explain extra eye eyes face fact fair fall family fancy far fast father favorite favourite feel feeling feels
    felt few field fight figure file final find fine fire fit five fix flow fly folks follow food foot for force forget forever form
    forum forums forward found four free fresh friend friends from front full fun game garden gave general gets girl give given
    gives giving glad goal god goes going golden gone gonna good got great ground group grow guess guide guy guys had hair
    hand hands handle happy hard has hate have having he head health hear heard heart heavy hello help helped helps her here
    hers hey him himself his history hit home honest honestly hope hopefully hot hour house how however huge human hundred
    hurt i idea ideas if imagine important improve in indeed info inside instead interest interested internet into invest is it
    its itself job join journey joy keep keeps kept key kids kind knew know known lady land language large late lately later
    laugh laziness lazy lead learn learned learning least leave led left less let lets letter life light like liked likes line listen little live
    living logic lol look looked looking looks lose losing loss lost lot lots love loved low luck lucky lunch lurker machine made magic
    main maintain make makes making man many mark market markets mate matter may maybe me mean means meant member men mentor
    message method middle might mind mine minute miss mistake modern moment money months mood moon more morning most
    mother mouth much music must my myself name near nearly necessary need needed needs nerves never new newbie news next nice night
    nobody noise none nor normal nose not note nothing notice now number obvious of off offer office often oh old older on once one
    ones only onto open opinion or order other others our out outside over own page paid pain panic paper part partner
    party past pay people perfect perhaps person phone pick picture piece place plan plans play please pleased plenty point
    poor popular position possible post pretty price private probably problem product program project promise proper prove
    public pull pure push put quality question quick quickly quiet quite quote rain rather ran read reading ready real
    reality really reason recent recently record remember reply request rest result results return rich ride right road
    robot room round rule rules run running runs sad safe said same save saw say saying says scared school screen
    screens sea second see seem seems seen self send sense sent serious set seven several shall she shop short should show
    shut sick side sign silly simple since sing sister sit site sitting six sleep sleeping slept slow small smart smile so
    software some somebody someone something sometimes son song soon sorry sort sound space speak special speed spend spent
    stand standard star start started starts state stay step still stood stop story straight strange street stress strong
    stuff stupid such suggest summer sun super sure surprise swap system table take taken takes taking talk talking tea teach team tell ten
    terrible test tested than thank thankful thanks that the their theirs them then there these they thing things think
    thinking third this those though thought thousand three through throughout time times tip tired to today together told
    tomorrow tonight too took tool top total touch toward town traded trader traders train tree tried tries trouble true trust truth try trying turn
    two type types under understand until up upon us use used useful using usual usually version very via video view visit
    voice vs wait waiting walk wall wanna want wanted wants war warm was waste watch watching water way ways we weak wear
    weather web week weekend weekends weeks welcome well went were west what whatever when where whether which while white
    who whole whom whose why wide wife will win wind window winning wins wish with within without woman wonder won word words work
    worked working works world worried worse worst worth would write writing written wrong wrote yeah year years yes yesterday yet
    you young your yours yourself cheerful lots grandmother uncle neighbour neighbor forecast paris rate rates hello
    """.split()
)
