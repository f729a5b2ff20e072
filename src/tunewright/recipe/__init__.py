"""The recipe: the YAML file that says what we intend, as frozen specs. Importing it never imports torch."""

from tunewright.recipe.base import BaseSpec
from tunewright.recipe.compute import ComputeSpec
from tunewright.recipe.data import DataSpec, SplitSpec
from tunewright.recipe.evaluate import EvaluateSpec
from tunewright.recipe.gate import RuleSpec
from tunewright.recipe.load import Loaded, load
from tunewright.recipe.monitor import MonitorSpec
from tunewright.recipe.recipe import Recipe
from tunewright.recipe.serve import ServeSpec
from tunewright.recipe.source import ColumnsSpec, SourceSpec, TextSpec
from tunewright.recipe.train import PhaseSpec

__all__ = ["BaseSpec", "ColumnsSpec", "ComputeSpec", "DataSpec", "EvaluateSpec", "Loaded", "MonitorSpec", "PhaseSpec",
           "Recipe", "RuleSpec", "ServeSpec", "SourceSpec", "SplitSpec", "TextSpec", "load"]
