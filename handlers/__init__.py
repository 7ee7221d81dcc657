"""Parse the input, call one function of faq or miniprogram_api, render."""
