"""How does an application tell Upspiral what happened? Run it beside `upspiral serve`; no model is needed."""

import sys

from upspiral.client import Upspiral

ORDERS = {"A1": "shipped", "B2": "lost"}

spiral = Upspiral(agent="support")  # UPSPIRAL_URL, UPSPIRAL_KEY


@spiral.tool
def look_up(order: str) -> str:
    return ORDERS[order]


def answer(question: str, order: str) -> str:
    with spiral.task("where is my parcel", conversation=f"order-{order}", end_user="anna") as task:
        task.question = question
        state = look_up(order)
        task.answer = f"Order {order} is {state}."
        task.success(state != "lost")
    return task.answer


def main() -> int:
    print(answer("Where is A1?", "A1"))
    print(answer("Where is B2?", "B2"))
    spiral.feedback(thumbs="down", correction="B2 was lost; a new one is on its way.", rater="anna")
    arrived = spiral.flush(5)
    print(
        "The server has everything."
        if arrived
        else f"{spiral.spooled} kept for later, {spiral.dropped} lost."
    )
    return 0 if arrived else 1


if __name__ == "__main__":
    sys.exit(main())
