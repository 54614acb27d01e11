"""Answers questions about local times with Python's zoneinfo and the zone data of the package tzdata.

Reads one JSON object a line from stdin, and writes one a line to stdout:

    {"zone": "Europe/London", "from": 1840, "to": 2040}
        -> {"transitions": [-3852662325, ...], "version": "2026c"}
    {"zone": "Europe/London", "instants": [0], "days": ["2011-12-30"], "walls": ["2022-10-30T01:30:00"]}
        -> {"local": ["1970-01-01T01:00:00+01:00"], "weeks": ["1970_W01"], "starts": [1325203200],
            "read": [1667089800]}

Instants are whole seconds since 1970. `starts` has the first instant whose local date is that day or later.
`read` has the instants of local times; of a time that occurs twice, the first one. Run it with an empty
PYTHONTZPATH, so that the machine's own zone data is not used.
"""

import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import tzdata

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# No zone has had two changes within a day that cancel each other.
STEP_SECONDS = 86400
# Further than any offset, and than a day that was left out.
AROUND_SECONDS = 3 * 86400


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        zone = ZoneInfo(asked["zone"])
        if "from" in asked:
            first, last = (seconds_of(date(asked[name], 1, 1)) for name in ("from", "to"))
            answer = {"transitions": transitions(zone, first, last), "version": tzdata.IANA_VERSION}
        else:
            local = [local_time(zone, at) for at in asked["instants"]]
            answer = {
                "local": [text_of(time) for time in local],
                "weeks": ["%04d_W%02d" % time.isocalendar()[:2] for time in local],
                "starts": [start_of(zone, date.fromisoformat(day)) for day in asked["days"]],
                "read": [instant_of(zone, wall) for wall in asked["walls"]],
            }
        print(json.dumps(answer), flush=True)


def seconds_of(day: date) -> int:
    return (day - EPOCH.date()).days * 86400


def local_time(zone: ZoneInfo, at: int) -> datetime:
    return (EPOCH + timedelta(seconds=at)).astimezone(zone)


def instant_of(zone: ZoneInfo, wall: str) -> int:
    return (datetime.fromisoformat(wall).replace(tzinfo=zone) - EPOCH) // timedelta(seconds=1)


def offset(zone: ZoneInfo, at: int) -> int:
    return local_time(zone, at).utcoffset() // timedelta(seconds=1)


def text_of(time: datetime) -> str:
    text = time.isoformat()
    return text[: -len("+00:00")] + "Z" if text.endswith("+00:00") else text


def transitions(zone: ZoneInfo, first: int, last: int) -> list[int]:
    """The first second of each new offset."""
    found = []
    for at in range(first, last, STEP_SECONDS):
        before, after = at, at + STEP_SECONDS
        if offset(zone, before) == offset(zone, after):
            continue
        while after - before > 1:
            middle = (before + after) // 2
            if offset(zone, middle) == offset(zone, at):
                before = middle
            else:
                after = middle
        found.append(after)
    return found


def start_of(zone: ZoneInfo, day: date) -> int:
    """Goes through the periods of one offset in turn. Each either reaches the day, or ends before it."""
    midnight = seconds_of(day)
    first, last = midnight - AROUND_SECONDS, midnight + AROUND_SECONDS
    changes = transitions(zone, first, last)
    for begin, end in zip([first, *changes], [*changes, last]):
        reached = max(begin, midnight - offset(zone, begin))
        if reached < end:
            return reached
    raise AssertionError(f"{day} never starts")


if __name__ == "__main__":
    main()
