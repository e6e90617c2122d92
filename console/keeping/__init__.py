"""What the console keeps of each model: what of it is personal or secret, and when its rows end.

Every model has a line in the `kept.py` of its app, of Django and its packages in `console/kept.py`; a test holds that.
The export of everything (`console.leaving`), the erasure of a buyer and the page “What is kept” read these lines.
"""

from .registry import Kept, files_of, keep, kept_models, model_of, of, of_buyers

__all__ = ["Kept", "files_of", "keep", "kept_models", "model_of", "of", "of_buyers"]
