"""Who runs instructions: the engines, above memory, behind one protocol."""
