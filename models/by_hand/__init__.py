"""The lectures' mathematics in NumPy, each function beside its formula; no TensorFlow here."""
