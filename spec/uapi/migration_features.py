"""VFIO_DEVICE_FEATURE: the checks that every request about a feature goes through, in their order."""

from enum import Enum, auto

from spec.lang import *
from spec.uapi.migration_state import LENGTH
from spec.uapi.migration_walk import Walk


class Feature(Enum):
    "What a request is about; UNKNOWN is any index that this device has nothing for."
    MIGRATION = auto()
    DEVICE_STATE = auto()
    LOGGING_START = auto()
    LOGGING_STOP = auto()
    LOGGING_REPORT = auto()
    DATA_SIZE = auto()
    PRECOPY_INFO_V2 = auto()
    UNKNOWN = auto()


class Size(Enum):
    "How much the user says to have given: less than a header, too little for this feature, enough."
    TOO_SMALL = auto()
    HEADER = auto()
    ENOUGH = auto()


@pure
def can_get(index: Feature) -> bool:
    """True if the feature is there to be asked."""
    return index in (Feature.MIGRATION, Feature.DEVICE_STATE, Feature.LOGGING_REPORT, Feature.DATA_SIZE)


@pure
def can_set(index: Feature) -> bool:
    """True if the feature is there to be told."""
    return index in (Feature.DEVICE_STATE, Feature.LOGGING_START, Feature.LOGGING_STOP, Feature.PRECOPY_INFO_V2)


@abstract
class Features(Walk):
    """One ioctl for everything; an index, three flags, a size."""

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature()", sure="recorded")
    @when("transport")
    def feature(self, index: Feature, get: bool, set_: bool, probe: bool, unknown: bool, size: Size, *,
                bad_header: bool, bad_payload: bool) -> Outcome:
        """A request about a feature; `unknown` is a flag that nobody knows.

        A well-formed SET of the device state is one for a number that is no state: `set_state` is the rest.
        """
        if (bad := self.no_device()).refused:
            return bad
        if self.copy_faults and bad_header:
            return refuse(EFAULT, "bad-header", sure="read",
                          cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature()")
        if (bad := self.header_test(get, set_, probe, unknown, size)).refused:
            return bad
        if index is Feature.PRECOPY_INFO_V2 and self.reinit and not (self.migratable and self.pre_copy):
            return refuse(EINVAL, "no-pre-copy", sure="read",
                          cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_migration_precopy_info_v2()")
        if not self.offers(index):
            return refuse(ENOTTY, "no-such-feature", sure="recorded", cites="vfio-migration feat-num-get")
        if (get and not can_get(index)) or (set_ and not can_set(index)):
            return refuse(EINVAL, "not-this-way", sure="recorded", cites="vfio-migration feat-flags")
        if probe:
            return DONE
        if not get and not set_:
            return refuse(EINVAL, "neither-get-nor-set", sure="recorded", cites="vfio-migration feat-flags")
        if size is Size.HEADER and has_payload(index):
            return refuse(EINVAL, "payload-too-small", sure="recorded", cites="vfio-migration feat-prio")
        if self.copy_faults and bad_payload and has_payload(index):
            return refuse(EFAULT, "bad-payload", sure="read", cites="drivers/vfio/vfio_main.c")
        return self.answer(index, get)

    def header_test(self, get: bool, set_: bool, probe: bool, unknown: bool, size: Size) -> Outcome:
        """What can be said without knowing the feature."""
        if size is Size.TOO_SMALL:
            return refuse(EINVAL, "size-below-header", sure="recorded", cites="vfio-migration feat-prio")
        if unknown:
            return refuse(EINVAL, "unknown-flag", sure="recorded", cites="vfio-migration feat-flags")
        if get and set_ and not probe:
            return refuse(EINVAL, "get-and-set", sure="recorded", cites="vfio-migration feat-prio")
        return DONE

    def offers(self, index: Feature) -> bool:
        """True if the device, its driver and this kernel have the feature."""
        if index in (Feature.LOGGING_START, Feature.LOGGING_STOP, Feature.LOGGING_REPORT):
            return self.logging
        if index is Feature.PRECOPY_INFO_V2:
            return self.reinit
        return index is not Feature.UNKNOWN and self.migratable

    def answer(self, index: Feature, get: bool) -> Outcome:
        """The request is well-formed."""
        if index is Feature.MIGRATION:
            return done(p2p=self.p2p, pre_copy=self.pre_copy)
        if index is Feature.DATA_SIZE:
            return done(chunks=self.size_of_final_part())
        if index is Feature.DEVICE_STATE:
            if get:
                return self.get_state()
            return self.set_state(None)
        if index is Feature.PRECOPY_INFO_V2 and self.reinit:
            self.opted_in = True
        return DONE

    def size_of_final_part(self) -> int:
        """An estimate of what a device that is stopped now would still give out: at most everything."""
        return LENGTH

    @ioctl(cites="drivers/vfio/vfio_main.c:vfio_ioctl_device_feature_migration_data_size()", sure="recorded")
    def data_size(self) -> Outcome:
        """The well-formed request for the estimate."""
        if (bad := self.no_device()).refused:
            return bad
        if not self.migratable:
            return refuse(ENOTTY, "not-migratable")
        return done(chunks=self.size_of_final_part())


@pure
def has_payload(index: Feature) -> bool:
    """True if something has to stand behind the header."""
    return index not in (Feature.LOGGING_STOP, Feature.PRECOPY_INFO_V2)
