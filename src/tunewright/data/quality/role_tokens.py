"""Content that holds what chat templates write around turns: a model may read it as the end or start of a turn.

`tunewright check` refuses the tokens of the base that is used; this looks for those of the common templates, since
data that holds another base's is data that was rendered before.
"""

import re

from tunewright.data.quality.said import Said

_TOKENS = re.compile(
    r"<\|[A-Za-z][A-Za-z0-9_]{1,40}\|>"                      # ChatML, Llama 3, Phi, GLM, harmony, Command R
    r"|<｜[^<>｜\s]{1,40}｜>"                                  # DeepSeek, whose bars are full-width
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>"  # Llama 2, Mistral
    r"|</?(?:start_of_turn|end_of_turn|turn\|?)>|<\|turn>"    # Gemma
    r"|</?s>"                                                 # the ends of a sequence
    r"|^(?:Human|Assistant|USER|ASSISTANT): "                 # transcripts in one piece
    r"|^### (?:Instruction|Response|Input|Human|Assistant):", re.MULTILINE)  # Alpaca, Vicuna


def role_tokens(said: Said) -> float:
    """How many tokens of chat templates stand in the record's turns."""
    return float(sum(1 for turn in said.turns for _ in _TOKENS.finditer(turn)))
