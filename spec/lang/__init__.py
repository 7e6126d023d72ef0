"""The spec language. `from spec.lang import *` gives a spec file its words; see docs/language.md."""

from spec.lang.errnos import *  # noqa: F403  # all of them are words
from spec.lang.vocabulary import *  # noqa: F403  # exactly the words

# Written out, because type checkers do not follow a computed list through a package that imports itself.
# fmt: off
__all__ = [  # noqa: RUF022, F405
    "Annotated", "Bounds", "Constant", "DONE", "Enum", "FREE", "Ghost", "Map", "Max", "Mutex", "OrderedEnum",
    "Outcome", "Process", "Promise", "Record", "Refines", "RwLock", "Self", "Seq", "Set", "Sort", "Spec", "Switch",
    "abstract", "action_property", "always_eventually", "assume", "at", "auto", "axiom", "blocked", "boundary",
    "candidate", "configuration", "done", "during", "every", "everywhere", "fault", "field", "final", "first", "goal",
    "hardware", "helper", "history", "idle", "image", "implies", "initial", "invariant", "ioctl", "kernel",
    "leads_to", "lemma", "listed", "part", "process", "profile", "proposal", "pure", "refuse", "replace", "require",
    "rest", "since", "universe", "unless", "until", "warn", "when", "without",
    "E2BIG", "EACCES", "EADDRINUSE", "EADDRNOTAVAIL", "EADV", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADCOOKIE",
    "EBADE", "EBADF", "EBADFD", "EBADHANDLE", "EBADMSG", "EBADR", "EBADRQC", "EBADSLT", "EBADTYPE", "EBFONT", "EBUSY",
    "ECANCELED", "ECHILD", "ECHRNG", "ECOMM", "ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDEADLK", "EDESTADDRREQ",
    "EDOM", "EDOTDOT", "EDQUOT", "EEXIST", "EFAULT", "EFBIG", "EHOSTDOWN", "EHOSTUNREACH", "EHWPOISON", "EIDRM",
    "EILSEQ", "EINPROGRESS", "EINTR", "EINVAL", "EIO", "EIOCBQUEUED", "EISCONN", "EISDIR", "EISNAM", "EJUKEBOX",
    "EKEYEXPIRED", "EKEYREJECTED", "EKEYREVOKED", "EL2HLT", "EL2NSYNC", "EL3HLT", "EL3RST", "ELIBACC", "ELIBBAD",
    "ELIBEXEC", "ELIBMAX", "ELIBSCN", "ELNRNG", "ELOOP", "EMEDIUMTYPE", "EMFILE", "EMLINK", "EMSGSIZE", "EMULTIHOP",
    "ENAMETOOLONG", "ENAVAIL", "ENETDOWN", "ENETRESET", "ENETUNREACH", "ENFILE", "ENOANO", "ENOBUFS", "ENOCSI",
    "ENODATA", "ENODEV", "ENOENT", "ENOEXEC", "ENOGRACE", "ENOIOCTLCMD", "ENOKEY", "ENOLCK", "ENOLINK", "ENOMEDIUM",
    "ENOMEM", "ENOMSG", "ENONET", "ENOPARAM", "ENOPKG", "ENOPROTOOPT", "ENOSPC", "ENOSR", "ENOSTR", "ENOSYS",
    "ENOTBLK", "ENOTCONN", "ENOTDIR", "ENOTEMPTY", "ENOTNAM", "ENOTRECOVERABLE", "ENOTSOCK", "ENOTSUPP", "ENOTSYNC",
    "ENOTTY", "ENOTUNIQ", "ENXIO", "EOPENSTALE", "EOPNOTSUPP", "EOVERFLOW", "EOWNERDEAD", "EPERM", "EPFNOSUPPORT",
    "EPIPE", "EPROBE_DEFER", "EPROTO", "EPROTONOSUPPORT", "EPROTOTYPE", "ERANGE", "ERECALLCONFLICT", "EREMCHG",
    "EREMOTE", "EREMOTEIO", "ERESTART", "ERESTARTNOHAND", "ERESTARTNOINTR", "ERESTARTSYS", "ERESTART_RESTARTBLOCK",
    "ERFKILL", "EROFS", "ESERVERFAULT", "ESHUTDOWN", "ESOCKTNOSUPPORT", "ESPIPE", "ESRCH", "ESRMNT", "ESTALE",
    "ESTRPIPE", "ETIME", "ETIMEDOUT", "ETOOMANYREFS", "ETOOSMALL", "ETXTBSY", "EUCLEAN", "EUNATCH", "EUSERS", "EXDEV",
    "EXFULL",
]
