"""What are the words of a text, in any script? The one tokenizer: analyze, curate, scorers and search use it.

Scripts that put spaces between words give whole words. Chinese, Japanese, Korean, Thai, Lao, Khmer and
Burmese give pieces of a few characters instead (character n-grams), as no space says where a word ends there.
"""

from upspiral.lexical.negation import denies_otherwise
from upspiral.lexical.numbers import COUNTED, find_numbers, join_thousands
from upspiral.lexical.phrases import to_phrases
from upspiral.lexical.scripts import name_script
from upspiral.lexical.tokens import (
    count_words,
    is_unspaced,
    join_runs,
    normalize,
    split_runs,
    to_content_terms,
    to_stems,
    to_terms,
    tokenize,
)

__all__ = [
    "COUNTED",
    "count_words",
    "denies_otherwise",
    "find_numbers",
    "is_unspaced",
    "join_runs",
    "join_thousands",
    "name_script",
    "normalize",
    "split_runs",
    "to_content_terms",
    "to_phrases",
    "to_stems",
    "to_terms",
    "tokenize",
]
