from faq.matching.learnt.ambiguity import learn_wordings

# What each entry's examples hold; two of five share a sentence.
WORDINGS = learn_wordings(
    [
        [["收", "不", "到", "码"], ["码", "没", "来"], ["的", "短", "信"]],
        [["激", "活", "收", "不", "到", "码"], ["激", "活", "的"]],
        [["刷", "脸", "不", "行"], ["刷", "脸", "的"]],
        [["核", "名", "的", "事"]],
        [["年", "报", "不", "会"]],
    ]
)


def test_shared_wording_is_ambiguous() -> None:
    assert WORDINGS.may_mean(["收", "不", "到", "码"]) == {0, 1}


def test_distinguishing_words_resolve_the_ambiguity() -> None:
    assert WORDINGS.may_mean(["激", "活", "码"]) == {1}
    assert WORDINGS.may_mean(["刷", "脸", "码"]) == set()


def test_common_words_are_ignored() -> None:
    assert {"的", "不"} <= WORDINGS.silent
    assert WORDINGS.may_mean(["的"]) == set()
    assert WORDINGS.may_mean(["的", "短"]) == {0}


def test_unknown_word_matches_no_entry() -> None:
    assert WORDINGS.may_mean(["码", "鱼"]) == set()


def test_word_in_one_of_hundreds_of_examples_is_ignored() -> None:
    often = [["码", "来"]] * 250
    entries = [[*often, ["鱼"]], [["鱼"], ["虾"]], [["蟹"]], [["贝"]], [["螺"]], [["蚌"]]]
    assert learn_wordings(entries).may_mean(["鱼"]) == {1}
    assert learn_wordings([[["码"], ["鱼"]], *entries[1:]]).may_mean(["鱼"]) == {0, 1}


def test_words_of_the_leading_entry_match_no_other() -> None:
    assert WORDINGS.may_mean(["激", "活", "码"], beside=1) == set()
    assert 1 in WORDINGS.may_mean(["收", "不", "到", "码"], beside=0)
