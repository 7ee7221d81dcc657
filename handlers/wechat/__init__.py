"""WeChat's pushes: verified, decrypted, read, kept; the answer to a person comes later."""
