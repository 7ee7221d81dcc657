"""The published content: releases, and learning what is in force."""
