"""The ownership log of a kernel whose `/dev/vfio/vfio` is an iommufd, whatever the log itself says of its kernel."""

from models.bind.dma_ownership_log import OwnershipTranslation

TRANSLATION = OwnershipTranslation(containers_are_iommufds=True)
