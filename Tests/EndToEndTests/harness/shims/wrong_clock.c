// A machine whose clock is wrong, for one process: the time of day differs by the milliseconds that the file WRONG_CLOCK holds (an
// int64_t), which may change at any time. What measures spans is left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("WRONG_CLOCK"), O_RDONLY | O_CLOEXEC);
    void *content = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (content == MAP_FAILED) _exit(70);
    close(file);
    offset = content;
}

static void move(struct timespec *at, int64_t milliseconds) {
    int64_t nanoseconds = at->tv_nsec + milliseconds % 1000 * 1000000;
    at->tv_sec += milliseconds / 1000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
    at->tv_nsec = (nanoseconds + 1000000000) % 1000000000;
}

static struct timespec moved(const struct timespec *at, int64_t milliseconds) {
    struct timespec result = *at;
    move(&result, milliseconds);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
    int result = next(clock, now);
    if (result == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) move(now, *offset);
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    (void)zone;
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

// Who waits until some time of day asks the kernel, whose clock is right.
int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    static int (*next)(sem_t *, const struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec right = moved(until, -*offset);
    return next(semaphore, &right);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
    static int (*next)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!next) next = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!next) next = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    struct timespec right = moved(until, -*offset);
    return next(condition, mutex, &right);
}
