"""Training of torch modules.

There is one loop for all nets that minimize a loss, and one for nets that learn against each other.
"""
