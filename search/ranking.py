"""The numbers of the ranking, in one place.

Measured by nDCG@10 on three Korean retrieval sets: k1 and b have a flat optimum around these
values, a title weighs 3, the side field 0.4 (0.3 to 0.7 differ by less than 0.001).
"""

K1 = 0.7
B = {"title": 0.3, "subtitle": 0.75, "body": 0.75}
FIELD_WEIGHT = {"title": 3.0, "subtitle": 1.5, "body": 1.0}
SIDE_WEIGHT = 0.4
