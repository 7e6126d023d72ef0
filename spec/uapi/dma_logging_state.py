"""The words of DMA logging: pages, page sizes, the ranges a user can name, and what tracker and user remember."""

from enum import Enum, auto

from spec.lang import *


class Page(Enum):
    "Two small pages; together they are one large page."
    LOW = auto()
    HIGH = auto()


class PageSize(Enum):
    "What a user may write into page_size."
    TINY = auto()      # a power of two below 4 KiB
    ODD = auto()       # no power of two
    SMALL = auto()     # 4 KiB, here the size of a page
    LARGE = auto()     # two pages


class Span(Enum):
    "An iova and a length."
    LOW_PAGE = auto()
    HIGH_PAGE = auto()
    BOTH = auto()
    EMPTY = auto()     # at the high page, of length 0
    WRAPS = auto()     # the end is beyond 64 bits


class Number(Enum):
    "num_ranges."
    NONE = auto()
    ONE = auto()
    TWO = auto()
    TOO_MANY = auto()  # more than fit into 4 KiB


class Slot(Enum):
    "Where the tracker keeps what it knows of a range."
    FIRST = auto()
    SECOND = auto()


@pure
def covers(s: Span, p: Page) -> bool:
    """True if the page lies in the range."""
    return s is Span.BOTH or (s is Span.LOW_PAGE and p is Page.LOW) or (s is Span.HIGH_PAGE and p is Page.HIGH)


@pure
def aligned(s: Span, size: PageSize) -> bool:
    """The core masks with page_size - 1, whatever page_size is; of these ranges only a large page finds one askew."""
    return size is not PageSize.LARGE or s is Span.BOTH or s is Span.WRAPS


@pure
def shares_a_bit(window: Span, p: Page, size: PageSize) -> bool:
    """True if a report in large pages has one bit for this page and the other: they begin where the window does."""
    return size is PageSize.LARGE and (window is not Span.HIGH_PAGE or p is Page.HIGH)


@pure
def overlap(a: Span, b: Span) -> bool:
    """As in an interval tree: a range of length 0 ends before it begins, and meets what lies across that place."""
    if a is Span.EMPTY or b is Span.EMPTY:
        return a is Span.BOTH or b is Span.BOTH
    return any(covers(a, p) and covers(b, p) for p in Page)


@abstract
class LogState(Spec):
    """One device that writes memory, its tracker, and a user that copies the memory elsewhere."""

    strict: Switch[bool] = True     # a driver that keeps the rules; off, mtty: it takes every call and logs nothing
    traffic: Switch[bool] = False   # the device writes, and the user sends what was written
    mistakes: Switch[bool] = False  # START with any arguments; off, with one range and small pages

    has_log_operations: Constant[bool] = True

    # --- the device ---
    frozen: bool = False                                   # does no DMA; logging never looks at this

    # --- the tracker ---
    on: bool = False
    in_range: Map[Page, bool] = everywhere(False)
    logged: Map[Page, bool] = everywhere(False)
    log_size: PageSize = PageSize.SMALL                    # of the tracker's choice
    allocated: Map[Slot, bool] = everywhere(False)         # memory for what is logged of a range

    # --- the user ---
    bitmap: Map[Page, bool] = everywhere(False)            # to be sent; set by reports, cleared by the user
    asked: Map[Page, bool] = everywhere(False)             # the user relies on the log for this page
    trusted: bool = False                                  # no call failed since the log was started
    final: Map[Page, bool] = everywhere(False)             # reported since the device stopped
    stale: Ghost[Map[Page, bool]] = everywhere(False)      # written since it was last sent
