from .markdown import claim_row as claim_row
from .markdown import tabulate as tabulate
from .notebook import notebook_html as notebook_html
from .terminal import summarize as summarize
from .values import show as show

__all__ = ["claim_row", "notebook_html", "show", "summarize", "tabulate"]
