"""Training of torch modules: one loop for all nets, and one for nets that learn against each other."""
