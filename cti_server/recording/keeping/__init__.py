"""How long recordings are kept: rules by class, legal holds, and deletion with proof."""
