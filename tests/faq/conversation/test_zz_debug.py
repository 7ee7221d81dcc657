import json, os
from faq.conversation.turns.turn import Turn
from faq.conversation import conversations
from faq.conversation.turns import deciding
from faq.release.publishing import Published, publish, serving

def test_talks(bot, published, small):
    orig = deciding.respond
    def spy(turn):
        r = orig(turn)
        print("  >>", turn.question, "| acts", {k: round(v,2) for k,v in turn.message.acts})
        for c, p in turn.ranked[:3]:
            print("       ", c.kind, c.name, round(p,3))
        print("     <<", r.kind, r.entry and r.entry.slug, r.point and r.point.id, r.text[:50], len(r.steps), [o.name for o in r.options], "step", r.memory.step, r.memory.awaits)
        return r
    deciding.respond = spy
    for talk in json.load(open("/tmp/t2_talks.json")):
        if talk and talk[0] == "SMALL":
            publish(small, after=serving().number); talk = talk[1:]
        print("=====")
        t = bot.talk()
        for q in talk: t.say(q)
    deciding.respond = orig

def test_small(bot, published):
    from tests.support.faq import small_content
    orig = deciding.respond
    def spy(turn):
        r = orig(turn)
        print("  >>", turn.question, "| acts", {k: round(v,2) for k,v in turn.message.acts})
        for c, p in turn.ranked[:3]:
            print("       ", c.kind, c.name, round(p,3))
        print("     <<", r.kind, r.entry and r.entry.slug, r.point and r.point.id, r.text[:50], len(r.steps), r.concern)
        return r
    deciding.respond = spy
    publish(small_content.build(), after=1)
    for q in ["推荐一部好看的电影","怎么给办公室续租","收不到验证码","还是不行","你好","附近哪里有饭店","姓名有点怎么填"]: bot.ask(q)
    deciding.respond = orig
