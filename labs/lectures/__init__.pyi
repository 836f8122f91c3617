from .entries import Comparison as Comparison
from .entries import Entry as Entry
from .entries import Lecture as Lecture
from .entries import claims_of as claims_of
from .entries import command_of as command_of
from .entries import commands as commands
from .entries import comparisons_of as comparisons_of
from .entries import load_lecture as load_lecture
from .entries import load_lectures as load_lectures
from .judging import claim_row as claim_row
from .judging import judge_printed as judge_printed
from .judging import unlike_the_lecture as unlike_the_lecture
from .listings import Listing as Listing
from .listings import load_listings as load_listings
from .listings import run_listing as run_listing
from .verdicts import FEWEST_SEEDS as FEWEST_SEEDS
from .verdicts import VERDICTS as VERDICTS
from .verdicts import Judgement as Judgement
from .verdicts import judge_bound as judge_bound
from .verdicts import judge_formula as judge_formula
from .verdicts import judge_number as judge_number
from .verdicts import judge_statement as judge_statement

__all__ = [
    "FEWEST_SEEDS",
    "VERDICTS",
    "Comparison",
    "Entry",
    "Judgement",
    "Lecture",
    "Listing",
    "claim_row",
    "claims_of",
    "command_of",
    "commands",
    "comparisons_of",
    "judge_bound",
    "judge_formula",
    "judge_number",
    "judge_printed",
    "judge_statement",
    "load_lecture",
    "load_lectures",
    "load_listings",
    "run_listing",
    "unlike_the_lecture",
]
