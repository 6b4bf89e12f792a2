"""An app with two models, which the experiments change."""
