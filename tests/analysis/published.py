"""Published tables of comparisons, and what was published about them."""

from __future__ import annotations

from analysis.data import Battles
from tests.analysis.builders import make_battles

# Stigler (1994), Statistical Science 9, 94-108, as in Agresti (2002), p. 448: [i, j] is how often j cites i.
CITATIONS = [[714, 730, 498, 221], [33, 425, 68, 17], [320, 813, 1072, 142], [284, 276, 325, 188]]
# Turner and Firth (2012), Journal of Statistical Software 48(9), section 2: Biometrika at 0, and standard errors.
CITED = [0.0, -2.94907, -0.47957, 0.26895]
CITED_ERRORS = [0.10255, 0.06059, 0.07083]

# Davidson (1970), JASA 65, 317-328, example 2, chocolate pudding: i, j, i preferred, j preferred, neither.
PUDDING = [
    (1, 2, 19, 22, 16),
    (1, 3, 16, 19, 12),
    (2, 3, 19, 19, 10),
    (1, 4, 18, 23, 13),
    (2, 4, 23, 19, 9),
    (3, 4, 19, 20, 15),
    (1, 5, 13, 19, 18),
    (2, 5, 16, 20, 12),
    (3, 5, 16, 15, 17),
    (4, 5, 17, 14, 16),
    (1, 6, 18, 21, 12),
    (2, 6, 22, 20, 12),
    (3, 6, 13, 18, 10),
    (4, 6, 14, 19, 18),
    (5, 6, 11, 21, 12),
]
# Turner et al. (2020), Computational Statistics 35, 1027-1057 (PlackettLuce), section on pudding: Davidson's worths and
# tie parameter, standard errors of the log-worths relative to brand 1, and the residual deviance.
WORTHS = [0.1388, 0.1730, 0.1617, 0.1654, 0.1587, 0.2024]
PUDDING_TIE, PUDDING_DEVIANCE = 0.7468, 1619.4
PUDDING_ERRORS = [0.1872, 0.1935, 0.1882, 0.1927, 0.1924]

# Springall (1973), Applied Statistics 22, 59-68, flavour strength of samples 1 to 9:
# a line for each, with what came out against the later ones as column won/row won/tied.
SPRINGALL = [
    "2/16/7 0/21/1 5/10/10 2/15/7 0/22/2 12/3/9 13/9/5 10/12/3",
    "6/11/5 17/2/7 9/6/8 8/12/6 24/2/0 16/3/5 15/2/7",
    "22/2/4 14/4/5 11/4/7 24/1/3 22/0/3 17/2/6",
    "3/14/9 2/18/4 12/6/5 10/6/6 8/9/11",
    "5/11/9 20/0/2 15/2/5 13/5/9",
    "27/1/0 19/1/5 18/2/2",
    "2/13/8 2/21/5",
    "6/8/8",
]


def pudding() -> Battles:
    rows = []
    for i, j, won, lost, tied in PUDDING:
        rows += [(f"{i}", f"{j}", "A")] * won + [(f"{i}", f"{j}", "B")] * lost + [(f"{i}", f"{j}", "tie")] * tied
    return make_battles(rows)


def springall() -> Battles:
    rows = []
    for i, line in enumerate(SPRINGALL, start=1):
        for j, cell in enumerate(line.split(), start=i + 1):
            won, lost, tied = map(int, cell.split("/"))
            rows += [(f"{j}", f"{i}", "A")] * won + [(f"{j}", f"{i}", "B")] * lost + [(f"{j}", f"{i}", "tie")] * tied
    return make_battles(rows)
