"""How long recordings are kept: rules by class, legal holds, deletion with proof, and the room on the disk."""
