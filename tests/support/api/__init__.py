"""HTTP requests and answers: declared operations, refusals, bad values, WeChat pushes."""
