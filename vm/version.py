"""The version of the package, which takes it from here: to ask what is installed takes longer than all of click."""

VERSION = "0.1.0"
