/* What the runtime of an AppImage does: image FOLDER mounts a FUSE file system there that shows one file, /AppRun,
 * which stands at the end of the image's own file, and runs it. Build it with -DAT=OFFSET of that file.
 *
 * The protocol is that of linux/fuse.h, as far as it takes to execute a file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOT = 1, PROGRAM = 2 };
static int device, itself;
static off_t size, at;

static void answer(struct fuse_in_header *to, int error, const void *data, size_t length)
{
    char out[1 << 18];
    struct fuse_out_header *head = (void *)out;
    head->len = sizeof *head + length;
    head->error = error;
    head->unique = to->unique;
    memcpy(head + 1, data, length);
    if (write(device, out, head->len) < 0)
        exit(1);
}

static struct fuse_attr attributes(long node)
{
    struct fuse_attr of = {.ino = node, .nlink = 1, .blksize = 4096};
    of.mode = node == ROOT ? S_IFDIR | 0755 : S_IFREG | 0755;
    of.size = node == ROOT ? 0 : size;
    return of;
}

static void serve(struct fuse_in_header *asked)
{
    char content[1 << 17];
    void *rest = asked + 1;
    switch (asked->opcode) {
    case FUSE_INIT: {
        struct fuse_init_in *in = rest;
        struct fuse_init_out out = {.major = 7, .minor = in->minor, .max_write = 1 << 17};
        answer(asked, 0, &out, sizeof out);
        break;
    }
    case FUSE_LOOKUP: {
        struct fuse_entry_out out = {.nodeid = PROGRAM, .attr = attributes(PROGRAM)};
        int is_there = asked->nodeid == ROOT && !strcmp(rest, "AppRun");
        answer(asked, is_there ? 0 : -ENOENT, &out, is_there ? sizeof out : 0);
        break;
    }
    case FUSE_GETATTR: {
        struct fuse_attr_out out = {.attr = attributes(asked->nodeid)};
        answer(asked, 0, &out, sizeof out);
        break;
    }
    case FUSE_OPEN: {
        struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE};
        answer(asked, 0, &out, sizeof out);
        break;
    }
    case FUSE_READ: {
        struct fuse_read_in *in = rest;
        size_t left = (off_t)in->offset < size ? size - in->offset : 0;
        ssize_t got = pread(itself, content, in->size < left ? in->size : left, at + in->offset);
        answer(asked, 0, content, got < 0 ? 0 : got);
        break;
    }
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT:
        break;
    case FUSE_FLUSH:
    case FUSE_RELEASE:
        answer(asked, 0, NULL, 0);
        break;
    default:
        answer(asked, -ENOSYS, NULL, 0);
    }
}

int main(int count, char **words)
{
    char options[200], program[400], asked[1 << 18];
    itself = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    at = AT;
    size = lseek(itself, 0, SEEK_END) - at;
    device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
    if (mount("image", words[1], "fuse.image", MS_NOSUID | MS_NODEV, options))
        return perror("mount"), 1;
    snprintf(program, sizeof program, "%s/AppRun", words[1]);
    if (!fork()) {
        char *none[] = {program, NULL};
        execv(program, none);
        perror("exec");
        _exit(1);
    }
    while (read(device, asked, sizeof asked) > 0)
        serve((void *)asked);
}
