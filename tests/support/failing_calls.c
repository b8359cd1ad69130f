/* Makes one system call of a program fail: preloaded, it stands between the program and the C library.

   FAIL_BELOW names a folder: calls count that touch a file below it, a standard stream, a socket or a new thread.
   FAIL_LOG names a file that gets a line for each such call. FAIL_AT is "NUMBER ERRNO": the call of that number, from
   1, fails with that error; ERRNO 0 lets a read or a write stop halfway, without an error. FAIL_THREADS lets no thread
   be started at all. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HALFWAY 0
#define NOT_NOW -1

static int counted;

static void note(const char *call, const char *what) {
    const char *log = getenv("FAIL_LOG");
    char line[PATH_MAX + 64];
    if (!log) return;
    int size = snprintf(line, sizeof line, "%s %s\n", call, what);
    int file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    syscall(SYS_write, file, line, size);
    syscall(SYS_close, file);
}

/* Return the error that a call which counts has to end with, NOT_NOW for none. */
static int count(const char *call, const char *what) {
    const char *at = getenv("FAIL_AT");
    int before = errno, number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST), wanted = 0, error = 0;
    note(call, what);
    errno = before;
    return at && sscanf(at, "%d %d", &wanted, &error) == 2 && wanted == number ? error : NOT_NOW;
}

static int fault_of_path(const char *call, const char *path) {
    const char *below = getenv("FAIL_BELOW");
    char here[PATH_MAX];
    if (!below || !path) return NOT_NOW;
    if (path[0] != '/') {
        long size = syscall(SYS_getcwd, here, sizeof here);
        if (size < 0 || strncmp(here, below, strlen(below))) return NOT_NOW;
    } else if (strncmp(path, below, strlen(below))) {
        return NOT_NOW;
    }
    return count(call, path);
}

static int fault_of_file(const char *call, int file) {
    const char *below = getenv("FAIL_BELOW");
    char name[64], path[PATH_MAX];
    if (!below) return NOT_NOW;
    if (file >= 0 && file <= 2) return count(call, file == 0 ? "stdin" : file == 1 ? "stdout" : "stderr");
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    long size = syscall(SYS_readlinkat, AT_FDCWD, name, path, sizeof path - 1);
    if (size < 0) return NOT_NOW;
    path[size] = 0;
    if (!strncmp(path, "socket:", 7)) return count(call, "socket");
    return strncmp(path, below, strlen(below)) ? NOT_NOW : count(call, path);
}

#define REAL(name) static __typeof__(name) *real; if (!real) real = dlsym(RTLD_NEXT, #name)
#define FAIL(fault, failed) do { int found = (fault); if (found > 0) { errno = found; return failed; } } while (0)

/* Calls on a path, and calls on an open file: result, name, parameters, arguments, what they touch. */
#define ON_PATH(type, name, call, parameters, arguments, path, failed) \
    type name parameters { REAL(name); FAIL(fault_of_path(call, path), failed); return real arguments; }
#define ON_FILE(type, name, call, parameters, arguments, file, failed) \
    type name parameters { REAL(name); FAIL(fault_of_file(call, file), failed); return real arguments; }
#define MOVES_BYTES(name, call, parameters, arguments, halved) \
    ssize_t name parameters { \
        REAL(name); \
        int error = fault_of_file(call, file); \
        if (error > 0) { errno = error; return -1; } \
        return error == HALFWAY && size > 1 ? real halved : real arguments; \
    }

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, int); va_end(rest); \
        REAL(name); FAIL(fault_of_path("open", path), -1); return real(path, flags, mode); \
    }
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, int); va_end(rest); \
        REAL(name); \
        FAIL(path[0] == '/' || folder == AT_FDCWD ? fault_of_path("open", path) : fault_of_file("open", folder), -1); \
        return real(folder, path, flags, mode); \
    }
#define CONTROLS(name) \
    int name(int file, int command, ...) { \
        va_list rest; va_start(rest, command); void *argument = va_arg(rest, void *); va_end(rest); \
        REAL(name); \
        if (command == F_SETLK || command == F_SETLKW) FAIL(fault_of_file("lock", file), -1); \
        return real(file, command, argument); \
    }
#define LOOKS(name, structure) ON_PATH(int, name, "stat", (const char *path, struct structure *status), (path, status), path, -1)
#define LOOKS_AT(name, structure) \
    int name(int folder, const char *path, struct structure *status, int flags) { \
        REAL(name); \
        FAIL(path[0] == '/' || folder == AT_FDCWD ? fault_of_path("stat", path) : fault_of_file("stat", folder), -1); \
        return real(folder, path, status, flags); \
    }

OPENS(open) OPENS(open64) OPENS_AT(openat) OPENS_AT(openat64) CONTROLS(fcntl) CONTROLS(fcntl64)
LOOKS(stat, stat) LOOKS(stat64, stat64) LOOKS(lstat, stat) LOOKS(lstat64, stat64)
LOOKS_AT(fstatat, stat) LOOKS_AT(fstatat64, stat64)
ON_FILE(int, fstat, "stat", (int file, struct stat *status), (file, status), file, -1)
ON_FILE(int, fstat64, "stat", (int file, struct stat64 *status), (file, status), file, -1)

MOVES_BYTES(read, "read", (int file, void *data, size_t size), (file, data, size), (file, data, size / 2))
MOVES_BYTES(write, "write", (int file, const void *data, size_t size), (file, data, size), (file, data, size / 2))
MOVES_BYTES(pread, "read", (int file, void *data, size_t size, off_t at), (file, data, size, at), (file, data, size / 2, at))
MOVES_BYTES(pread64, "read", (int file, void *data, size_t size, off64_t at), (file, data, size, at), (file, data, size / 2, at))
MOVES_BYTES(pwrite, "write", (int file, const void *data, size_t size, off_t at), (file, data, size, at), (file, data, size / 2, at))
MOVES_BYTES(pwrite64, "write", (int file, const void *data, size_t size, off64_t at), (file, data, size, at), (file, data, size / 2, at))
/* A connection on which sending fails is gone: the other side sees it, too. */
ssize_t send(int file, const void *data, size_t size, int flags) {
    REAL(send);
    int error = fault_of_file("send", file);
    if (error > 0) {
        if (error != EINTR) syscall(SYS_shutdown, file, SHUT_RDWR);
        errno = error;
        return -1;
    }
    return real(file, data, error == HALFWAY && size > 1 ? size / 2 : size, flags);
}

MOVES_BYTES(recv, "recv", (int file, void *data, size_t size, int flags), (file, data, size, flags), (file, data, size / 2, flags))

ON_FILE(int, fsync, "sync", (int file), (file), file, -1)
ON_FILE(int, fdatasync, "sync", (int file), (file), file, -1)
ON_FILE(int, ftruncate, "truncate", (int file, off_t size), (file, size), file, -1)
ON_FILE(int, ftruncate64, "truncate", (int file, off64_t size), (file, size), file, -1)
ON_FILE(off_t, lseek, "seek", (int file, off_t at, int from), (file, at, from), file, -1)
ON_FILE(off64_t, lseek64, "seek", (int file, off64_t at, int from), (file, at, from), file, -1)
ON_FILE(int, fchmod, "chmod", (int file, mode_t mode), (file, mode), file, -1)
ON_FILE(int, flock, "lock", (int file, int operation), (file, operation), file, -1)
ON_FILE(int, connect, "connect", (int file, const struct sockaddr *to, socklen_t size), (file, to, size), file, -1)
ON_FILE(DIR *, fdopendir, "list", (int file), (file), file, NULL)

ON_PATH(int, access, "stat", (const char *path, int mode), (path, mode), path, -1)
ON_PATH(int, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode), path, -1)
ON_PATH(int, rmdir, "unlink", (const char *path), (path), path, -1)
ON_PATH(int, unlink, "unlink", (const char *path), (path), path, -1)
ON_PATH(int, chmod, "chmod", (const char *path, mode_t mode), (path, mode), path, -1)
ON_PATH(int, rename, "rename", (const char *path, const char *to), (path, to), to, -1)
ON_PATH(int, link, "link", (const char *path, const char *to), (path, to), to, -1)
ON_PATH(int, symlink, "link", (const char *path, const char *to), (path, to), to, -1)
ON_PATH(ssize_t, readlink, "stat", (const char *path, char *to, size_t size), (path, to, size), path, -1)
ON_PATH(DIR *, opendir, "list", (const char *path), (path), path, NULL)

/* A file that fails to close is closed all the same, as Linux does it. */
int close(int file) {
    REAL(close);
    int error = file > 2 ? fault_of_file("close", file) : NOT_NOW, result = real(file);
    FAIL(error, -1);
    return result;
}

char *getcwd(char *path, size_t size) {
    REAL(getcwd);
    FAIL(fault_of_path("getcwd", "."), NULL);
    return real(path, size);
}

struct dirent *readdir(DIR *folder) {
    REAL(readdir);
    FAIL(fault_of_file("list", dirfd(folder)), NULL);
    return real(folder);
}

struct dirent64 *readdir64(DIR *folder) {
    REAL(readdir64);
    FAIL(fault_of_file("list", dirfd(folder)), NULL);
    return real(folder);
}

int socket(int domain, int type, int protocol) {
    REAL(socket);
    FAIL(getenv("FAIL_BELOW") ? count("socket", "socket") : NOT_NOW, -1);
    return real(domain, type, protocol);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with) {
    REAL(pthread_create);
    int error = getenv("FAIL_THREADS") ? EAGAIN : getenv("FAIL_BELOW") ? count("thread", "thread") : NOT_NOW;
    return error > 0 ? error : real(thread, how, run, with);
}
