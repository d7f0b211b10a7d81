"""The keys that a user has chosen for the consoles' actions; they follow him to another desk. Table: user_shortcut."""
