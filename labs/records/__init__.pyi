from .image_classifier import ImageClassifier as ImageClassifier
from .image_classifier import load_image_classifier as load_image_classifier
from .keras_script import save_keras_script as save_keras_script
from .model_result import ModelResult as ModelResult
from .neurons import Division as Division
from .neurons import save_neurons as save_neurons
from .record import RunRecord as RunRecord
from .result import Result as Result
from .saved_model import SavedModel as SavedModel
from .saved_model import find_saved_model as find_saved_model
from .table_model import TableModel as TableModel
from .table_model import load_table_model as load_table_model

__all__ = [
    "Division",
    "ImageClassifier",
    "ModelResult",
    "Result",
    "RunRecord",
    "SavedModel",
    "TableModel",
    "find_saved_model",
    "load_image_classifier",
    "load_table_model",
    "save_keras_script",
    "save_neurons",
]
