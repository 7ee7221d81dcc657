"""The products of Tencent Cloud that ``tencent.py`` serves."""
