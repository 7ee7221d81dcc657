"""Acts shared by windows and centre: people, queue, evidence, tickets."""
