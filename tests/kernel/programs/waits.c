/* A program that says that it runs, and waits. */
#include <unistd.h>

int main(void)
{
    if (write(1, "runs\n", 5) != 5)
        return 1;
    pause();
}
