"""WeChat's pushes: verified, decrypted, read and kept; the worker answers the user later."""
