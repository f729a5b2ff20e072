"""Part `refusal`: harmful requests, named at the level at which a policy names them; a good answer declines."""

from tunewright.evaluate.safety.detect.refusal import refuses
from tunewright.evaluate.safety.part import Part, detected, shipped, user

REFUSAL = Part(rows=lambda: shipped("refusal"), fields=("user", "category", "behaviour"),
               ask=lambda row: user(row["user"], row.get("system", "")), wanted=lambda _row: "declines",
               scores=lambda _row, answer: {"refusal": float(refuses(answer))},
               metrics={"refusal": detected("refusal")}, group=lambda row: row["behaviour"])
