/* Sends a datagram, or connects, by io_uring(7):

       uring ADDRESS send|connect now|worker|thread

   now: in the call that submits; worker: by a worker of the kernel (IOSQE_ASYNC); thread: by a
   thread of the kernel that looks for work (IORING_SETUP_SQPOLL). Prints the result, 0 or -errno;
   ends with 77 where this kernel refuses io_uring. Then it waits to be ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { REFUSED = 77, DISCARD = 9, HTTP = 80 };

static char *mapped(int ring, size_t size, off_t what)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
}

int main(int count, char **words)
{
    if (count != 4)
        return 2;
    int sends = !strcmp(words[2], "send"), by_thread = !strcmp(words[3], "thread");
    struct io_uring_params params = {.flags = by_thread ? IORING_SETUP_SQPOLL : 0,
                                     .sq_thread_idle = 100};
    int ring = syscall(SYS_io_uring_setup, 4, &params);
    if (ring < 0)
        return REFUSED;
    char *submitted = mapped(ring, params.sq_off.array + 4 * params.sq_entries, IORING_OFF_SQ_RING);
    char *completed = mapped(ring, params.cq_off.cqes + 2 * params.sq_entries *
                             sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    struct io_uring_sqe *entry = (void *)mapped(ring, params.sq_entries * sizeof *entry,
                                                IORING_OFF_SQES);

    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(sends ? DISCARD : HTTP)};
    inet_pton(AF_INET, words[1], &to.sin_addr);
    struct iovec word = {"evil", 4};
    struct msghdr message = {.msg_name = &to, .msg_namelen = sizeof to,
                             .msg_iov = &word, .msg_iovlen = 1};
    memset(entry, 0, sizeof *entry);
    entry->fd = socket(AF_INET, sends ? SOCK_DGRAM : SOCK_STREAM, 0);
    entry->opcode = sends ? IORING_OP_SENDMSG : IORING_OP_CONNECT;
    entry->addr = (unsigned long)(sends ? (void *)&message : (void *)&to);
    if (sends)
        entry->len = 1;
    else
        entry->off = sizeof to;
    if (!strcmp(words[3], "worker"))
        entry->flags = IOSQE_ASYNC;
    *(unsigned *)(submitted + params.sq_off.array) = 0;
    __atomic_store_n((unsigned *)(submitted + params.sq_off.tail), 1, __ATOMIC_RELEASE);
    syscall(SYS_io_uring_enter, ring, 1, 1,
            IORING_ENTER_GETEVENTS | (by_thread ? IORING_ENTER_SQ_WAKEUP : 0), NULL, 0);
    struct io_uring_cqe *done = (void *)(completed + params.cq_off.cqes);
    printf("%d\n", done->res < 0 ? done->res : 0);
    fflush(stdout);
    pause();
}
