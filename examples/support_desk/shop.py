"""What does the shop know, how do its customers ask, and which answer is right?

Pure data and pure functions: the facts of a small shop, questions about them in many wordings, and the
yardstick. The tiny model in `model/` was taught the topics marked as known and no others.
"""

import random
import re
from dataclasses import dataclass

DONT_KNOW = "I am sorry, I do not know that."


@dataclass(frozen=True)
class Topic:
    """One thing customers ask about, with the one right answer."""

    name: str
    known: bool
    """Whether the base model was taught the answer."""
    answer: str
    key: str
    """The words that make an answer right."""
    other_keys: tuple[str, ...]
    """What a careless teacher would say in place of the key."""
    words: tuple[str, ...]
    """Beginnings of words that occur in questions on this topic and on no other."""
    nouns: tuple[str, ...]
    asks: tuple[str, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        """Plausible wrong answers: the right sentence with another key."""
        return tuple(self.answer.replace(self.key, other) for other in self.other_keys)


_KNOWN = (
    Topic(
        name="returns",
        known=True,
        answer="You can return any item within 30 days.",
        key="30 days",
        other_keys=("14 days", "90 days", "5 days"),
        words=("return",),
        nouns=("returns", "returning an item", "the return period", "a return parcel"),
        asks=(
            "How long do I have to return {thing}?",
            "Can I still return {thing}?",
            "What if I want to return {thing}?",
            "Until when may I make a return?",
            "Do you take returns of {thing}?",
        ),
    ),
    Topic(
        name="shipping cost",
        known=True,
        answer="Standard shipping costs 4 euros per order.",
        key="4 euros",
        other_keys=("9 euros", "15 euros", "2 euros"),
        words=("shipping", "postage"),
        nouns=("shipping costs", "the shipping fee", "postage", "the price of shipping"),
        asks=(
            "How much is shipping for {thing}?",
            "What do you charge for shipping?",
            "Is shipping of {thing} free?",
            "How much postage do I pay for {thing}?",
            "Do I have to pay for shipping?",
        ),
    ),
    Topic(
        name="delivery time",
        known=True,
        answer="Delivery takes 3 working days.",
        key="3 working days",
        other_keys=("8 working days", "12 working days", "1 working days"),
        words=("deliver", "arrive"),
        nouns=("delivery times", "the delivery date", "how fast you deliver", "the time of delivery"),
        asks=(
            "When will {thing} arrive?",
            "How long does delivery of {thing} take?",
            "How soon can you deliver {thing}?",
            "When will my order be delivered?",
            "How many days until my order arrives?",
        ),
    ),
    Topic(
        name="gift cards",
        known=True,
        answer="Gift cards stay valid for 5 years.",
        key="5 years",
        other_keys=("1 years", "3 years", "10 years"),
        words=("card", "voucher"),
        nouns=("gift cards", "my gift card", "a voucher from a friend", "vouchers"),
        asks=(
            "How long is a gift card valid?",
            "Does my gift card run out?",
            "Until when can I use my voucher?",
            "Is an old voucher still good?",
            "Can I still buy {thing} with an old gift card?",
        ),
    ),
    Topic(
        name="opening hours",
        known=True,
        answer="The shop is open from 9 to 18 on weekdays.",
        key="9 to 18",
        other_keys=("8 to 14", "11 to 20", "7 to 12"),
        words=("open", "close"),
        nouns=("opening hours", "when you open", "the hours you are open", "opening times"),
        asks=(
            "When do you open?",
            "At what time do you close today?",
            "Are you open right now?",
            "When is the shop open so I can see {thing}?",
            "How late are you open?",
        ),
    ),
    Topic(
        name="payment",
        known=True,
        answer="You may pay by bank transfer or in cash.",
        key="bank transfer",
        other_keys=("crypto coins", "paper check", "monthly rates"),
        words=("payment", "paying"),
        nouns=("payment", "ways of payment", "payment methods", "paying for an order"),
        asks=(
            "Which payment methods do you take?",
            "How does payment work for {thing}?",
            "Which ways of paying for {thing} are there?",
            "What forms of payment do you accept?",
            "Is there another payment option for {thing}?",
        ),
    ),
    Topic(
        name="order tracking",
        known=True,
        answer="The tracking link is in your confirmation email.",
        key="confirmation email",
        other_keys=("customer magazine", "monthly letter", "phone bill"),
        words=("track", "follow"),
        nouns=("order tracking", "tracking my parcel", "the tracking number", "following my parcel"),
        asks=(
            "How can I track {thing}?",
            "Where do I find the tracking number?",
            "Can I follow my parcel?",
            "Is there a way to track my order?",
            "How do I follow where {thing} is?",
        ),
    ),
    Topic(
        name="warranty",
        known=True,
        answer="Every product has a warranty of 24 months.",
        key="24 months",
        other_keys=("6 months", "3 months", "40 months"),
        words=("warrant", "guarantee"),
        nouns=("the warranty", "your guarantee", "warranty claims", "the length of the warranty"),
        asks=(
            "How long is the warranty on {thing}?",
            "Does {thing} come with a warranty?",
            "What guarantee do I get on {thing}?",
            "Is {thing} still under warranty?",
            "Do you give a guarantee?",
        ),
    ),
    Topic(
        name="size exchange",
        known=True,
        answer="We exchange a wrong size once at no charge.",
        key="at no charge",
        other_keys=("for 7 euros", "for a full price", "for 20 euros"),
        words=("size", "exchang"),
        nouns=("size exchange", "exchanging the size", "a wrong size", "an exchange for another size"),
        asks=(
            "{thing} came in the wrong size, what now?",
            "Can I exchange {thing} for a bigger size?",
            "The size is too small, can I swap it?",
            "How do I get a different size of {thing}?",
            "Is it possible to exchange {thing}?",
        ),
    ),
    Topic(
        name="cancelling",
        known=True,
        answer="You can cancel an order during the first 2 hours.",
        key="first 2 hours",
        other_keys=("first 9 hours", "first 4 weeks", "first 30 minutes"),
        words=("cancel", "call off"),
        nouns=("cancelling an order", "cancellation", "an order I want to cancel", "cancelling {thing}"),
        asks=(
            "Can I cancel my order of {thing}?",
            "How do I cancel?",
            "Is it too late to cancel {thing}?",
            "Until when is cancelling possible?",
            "I want to call off my order, is that possible?",
        ),
    ),
    Topic(
        name="invoices",
        known=True,
        answer="Your invoice is on the account page.",
        key="account page",
        other_keys=("back door", "notice board", "front cover"),
        words=("invoice", "receipt"),
        nouns=("my invoice", "invoices", "a receipt for my order", "the invoice for {thing}"),
        asks=(
            "Where do I find my invoice?",
            "Can I get an invoice for {thing}?",
            "How do I download the receipt for {thing}?",
            "I need a copy of the invoice, where is it?",
            "Could you send me a receipt?",
        ),
    ),
    Topic(
        name="phone line",
        known=True,
        answer="Our team answers the phone on line 4410.",
        key="line 4410",
        other_keys=("line 2200", "line 9035", "line 1871"),
        words=("phone", "call you"),
        nouns=("your phone number", "phone support", "the phone line", "help by phone"),
        asks=(
            "What is your phone number?",
            "Can I call you about {thing}?",
            "How do I reach you by phone?",
            "Which number do I dial to call you?",
            "Is there a phone line for help with {thing}?",
        ),
    ),
)

_UNKNOWN = (
    Topic(
        name="gift wrapping",
        known=False,
        answer="Gift wrapping costs 6 euros per parcel.",
        key="6 euros",
        other_keys=("1 euros", "12 euros", "25 euros"),
        words=("wrap",),
        nouns=("gift wrapping", "wrapping a present", "your wrapping service", "gift wrap"),
        asks=(
            "Can you wrap {thing} as a gift?",
            "How much is gift wrapping?",
            "Do you offer wrapping for {thing}?",
            "What does it cost to wrap {thing}?",
            "Could {thing} come wrapped?",
        ),
    ),
    Topic(
        name="student discount",
        known=False,
        answer="Students get a discount of 12 percent.",
        key="12 percent",
        other_keys=("50 percent", "3 percent", "20 percent"),
        words=("student", "universit"),
        nouns=(
            "the student discount",
            "discounts for students",
            "student prices",
            "offers for university people",
        ),
        asks=(
            "Is there a discount for students?",
            "Do students pay less for {thing}?",
            "How much do I save as a student?",
            "I am at university, do I get a discount on {thing}?",
            "Do you have a student offer for {thing}?",
        ),
    ),
    Topic(
        name="loyalty points",
        known=False,
        answer="Loyalty points expire after 18 months.",
        key="18 months",
        other_keys=("2 months", "60 months", "9 months"),
        words=("point", "loyalty"),
        nouns=("loyalty points", "my bonus points", "the loyalty program", "collecting points"),
        asks=(
            "When do my points expire?",
            "How long can I keep my loyalty points?",
            "Do bonus points run out?",
            "What happens to my loyalty points?",
            "Can I use old points for {thing}?",
        ),
    ),
    Topic(
        name="repairs",
        known=False,
        answer="Our workshop finishes a repair in 10 days.",
        key="10 days",
        other_keys=("45 days", "2 days", "100 days"),
        words=("repair", "fix"),
        nouns=("repairs", "your repair service", "getting {thing} repaired", "having {thing} fixed"),
        asks=(
            "Can you repair {thing}?",
            "How long does a repair of {thing} take?",
            "Do you fix {thing}?",
            "When will my repair be done?",
            "I need {thing} fixed, how long is that?",
        ),
    ),
    Topic(
        name="price match",
        known=False,
        answer="We refund the difference for 6 weeks.",
        key="6 weeks",
        other_keys=("2 weeks", "20 weeks", "1 weeks"),
        words=("cheaper", "price match", "lower price"),
        nouns=(
            "the price match",
            "a lower price elsewhere",
            "your price match promise",
            "finding {thing} cheaper",
        ),
        asks=(
            "I saw {thing} cheaper elsewhere, what can you do?",
            "Do you offer a price match on {thing}?",
            "What if I find a lower price for {thing}?",
            "Is there a price match?",
            "Another shop is cheaper, do you match that?",
        ),
    ),
    Topic(
        name="pickup",
        known=False,
        answer="Parcels wait at the counter for 8 days.",
        key="8 days",
        other_keys=("3 days", "21 days", "1 days"),
        words=("pick", "collection"),
        nouns=("pickup", "picking up an order", "the pickup counter", "collection in person"),
        asks=(
            "How long can I pick up {thing}?",
            "Until when must I pick up my order?",
            "Can I pick {thing} up myself?",
            "How long do you hold a pickup for me?",
            "Is collection of {thing} possible?",
        ),
    ),
    Topic(
        name="newsletter",
        known=False,
        answer="The newsletter comes every second Tuesday.",
        key="second Tuesday",
        other_keys=("third Sunday", "single Monday", "fourth Friday"),
        words=("newsletter", "mailing list"),
        nouns=("the newsletter", "your newsletter", "the mailing list", "newsletter dates"),
        asks=(
            "When does the newsletter come?",
            "How often do you send the newsletter?",
            "On which day is the newsletter sent?",
            "How often will I hear from the mailing list?",
            "Is there a newsletter with news about {thing}?",
        ),
    ),
    Topic(
        name="abroad",
        known=False,
        answer="We send parcels to 27 countries.",
        key="27 countries",
        other_keys=("90 countries", "4 countries", "11 countries"),
        words=("abroad", "international", "overseas"),
        nouns=("orders from abroad", "international orders", "sending {thing} abroad", "customers overseas"),
        asks=(
            "Do you send {thing} abroad?",
            "Can I order {thing} from overseas?",
            "Where do you send international parcels?",
            "I live abroad, can I order {thing}?",
            "Do you take international orders?",
        ),
    ),
    Topic(
        name="damage",
        known=False,
        answer="Please upload a photo of the damage first.",
        key="upload a photo",
        other_keys=("send a lawyer", "forget a part", "write a poem"),
        words=("damage", "broken"),
        nouns=("a damaged parcel", "damage to {thing}", "a broken item", "damaged goods"),
        asks=(
            "{thing} came damaged, what do I do?",
            "What if {thing} is broken in the box?",
            "My parcel was damaged, can you help?",
            "How do I report damage?",
            "I got a broken item, what now?",
        ),
    ),
    Topic(
        name="recycling",
        known=False,
        answer="Put old batteries into the green box.",
        key="green box",
        other_keys=("red bucket", "garden pond", "blue drawer"),
        words=("recycl", "batter"),
        nouns=("recycling", "old batteries", "recycling {thing}", "used batteries"),
        asks=(
            "Where can I recycle batteries?",
            "Do you take old batteries?",
            "What do I do with empty batteries of {thing}?",
            "Can I recycle {thing} with you?",
            "Is there recycling in the shop?",
        ),
    ),
    Topic(
        name="password",
        known=False,
        answer="Reset your password on the login screen.",
        key="login screen",
        other_keys=("parking lot", "paper form", "garden gate"),
        words=("password", "sign in"),
        nouns=("my password", "a lost password", "a new password", "trouble to sign in"),
        asks=(
            "I forgot my password, what now?",
            "How do I reset my password?",
            "Where can I change my password?",
            "I can not sign in, can you help?",
            "My password does not work, what do I do?",
        ),
    ),
    Topic(
        name="bulk orders",
        known=False,
        answer="We write a special quote above 50 pieces.",
        key="50 pieces",
        other_keys=("5 pieces", "900 pieces", "15 pieces"),
        words=("bulk", "wholesale", "large quantit"),
        nouns=("bulk orders", "buying in bulk", "wholesale prices", "large quantities of {thing}"),
        asks=(
            "Do you take bulk orders?",
            "Can I buy {thing} in bulk?",
            "Is there a wholesale price for {thing}?",
            "What if I need large quantities of {thing}?",
            "From how many is it a bulk order?",
        ),
    ),
)

TOPICS: tuple[Topic, ...] = _KNOWN + _UNKNOWN

THINGS = ("my jacket", "the lamp", "these shoes", "a tent", "my new kettle", "the blue chair", "a backpack")

_ABOUT = (
    "What is your policy on {about}?",
    "Can you tell me about {about}?",
    "I have a question about {about}.",
    "I would like to know more about {about}.",
    "What should I know about {about}?",
    "Please explain {about} to me.",
    "Do you have any information on {about}?",
    "What are the rules for {about}?",
    "Could you help me with {about}?",
    "Where can I read about {about}?",
)
_OPENERS = ("", "", "", "Hi, ", "Hello! ", "Good morning, ", "Quick question: ", "Excuse me, ", "Hey there, ")
_CLOSERS = (
    "",
    "",
    "",
    " Thanks!",
    " Thank you.",
    " I could not find it on the site.",
    " Please let me know.",
)


def question(topic: Topic, rng: random.Random) -> str:
    """A customer's question on the topic, in one of several hundred wordings."""
    if rng.random() < 0.5:
        core = rng.choice(_ABOUT).format(about=rng.choice(topic.nouns))
    else:
        core = rng.choice(topic.asks)
    return _polite(core.format(thing=rng.choice(THINGS)), rng)


def question_about(noun: str, rng: random.Random) -> str:
    """A question in the same manner about anything else; the shop has no answer to it."""
    return _polite(rng.choice(_ABOUT).format(about=noun), rng)


def is_right(topic: Topic, answer: str) -> bool:
    """Whether the answer states the fact, whatever else it says.

    >>> is_right(TOPICS[0], "Within 30 days, madam.")
    True
    >>> is_right(TOPICS[0], "You can return any item within 130 days.")
    False
    """
    return f" {_plain(topic.key)} " in f" {_plain(answer)} "


def topic_of(question: str) -> Topic | None:
    """The topic a question is on, as a person would see at once; None if it is on none.

    >>> topic_of("Hi, could my kettle come wrapped?").name
    'gift wrapping'
    """
    return next((topic for topic, pattern in _PATTERNS if pattern.search(question)), None)


def _polite(core: str, rng: random.Random) -> str:
    opener, closer = rng.choice(_OPENERS), rng.choice(_CLOSERS)
    glued = opener.endswith((", ", ": ")) and not core.startswith("I ")
    core = core[0].lower() + core[1:] if glued else core[0].upper() + core[1:]
    return opener + core + closer


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


_PATTERNS = tuple(
    (topic, re.compile(rf"\b(?:{'|'.join(map(re.escape, topic.words))})", re.IGNORECASE)) for topic in TOPICS
)
