// One link between two network namespaces, both ways: a line of some rate with a queue before it, then delay and loss.
//
//   link-emulator NAMESPACE INTERFACE NAMESPACE INTERFACE SEED
//
// makes a TUN interface in each namespace and says "ready". What leaves one comes out of the other. Each line on stdin
// sets both ways anew, first to second interface and back, and is answered by "ok":
//
//   DELAY_NS LOSS BYTES_PER_S QUEUE_NS  DELAY_NS LOSS BYTES_PER_S QUEUE_NS
//
// A rate of 0 is no limit; loss is a probability. The link ends, its interfaces with it, when stdin does.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ull
#define MAX_PACKET_BYTES 1500
// What is under way at once: 25 MB of full packets, half a second at 50 MB/s.
#define SLOTS 16384
// Packets taken in one turn, so that those that fall due meanwhile do not wait long.
#define BATCH 256
// Rest after a turn: one wake-up then serves many packets, which come up to this much late.
#define REST_NS 200000

struct packet {
  uint64_t due;
  uint32_t length;
  uint8_t bytes[MAX_PACKET_BYTES];
};

struct way {
  int from, to;
  uint64_t delay, queue, rate;
  double loss;
  uint64_t random;
  // When the line has sent all that it took.
  uint64_t idle_at;
  // A ring, in order of arrival: a link does not reorder.
  struct packet *packets;
  uint32_t head, count;
  uint64_t last_due;
};

static void fail(const char *what) {
  fprintf(stderr, "link-emulator: failed to %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static uint64_t latest(uint64_t a, uint64_t b) { return a > b ? a : b; }

// xorshift64* (Vigna 2016), as a number in [0, 1).
static double random_unit(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return (double)((*state * 0x2545f4914f6cdd1dull) >> 11) / (double)(1ull << 53);
}

// The interface lives in the namespace that its maker was in, for as long as the descriptor is open.
static int open_interface(const char *namespace, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", namespace);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || setns(file, CLONE_NEWNET) < 0) fail("enter a network namespace");
  close(file);

  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0) fail("make an interface");
  return tun;
}

static struct way new_way(int from, int to, uint64_t seed) {
  // Pages of the ring cost memory from their first use on.
  struct packet *packets = mmap(NULL, SLOTS * sizeof *packets, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (packets == MAP_FAILED) fail("reserve memory");
  // Neighbouring seeds are to give unlike sequences, and no state may be 0.
  uint64_t random = (seed + 1) * 0x9e3779b97f4a7c15ull;
  return (struct way){.from = from, .to = to, .random = random ? random : 1, .packets = packets};
}

static void take(struct way *way) {
  static uint8_t overflow[MAX_PACKET_BYTES];
  uint64_t now = now_ns();
  for (int taken = 0; taken < BATCH; taken++) {
    struct packet *packet = &way->packets[(way->head + way->count) % SLOTS];
    int full = way->count == SLOTS;
    ssize_t length = read(way->from, full ? overflow : packet->bytes, MAX_PACKET_BYTES);
    if (length <= 0) return;
    uint64_t start = latest(now, way->idle_at);
    if (full || start - now > way->queue) continue;
    way->idle_at = way->rate == 0 ? start : start + (uint64_t)length * NS_PER_S / way->rate;
    // Lost behind the line: it was on the wire, and took its time there.
    if (random_unit(&way->random) < way->loss) continue;
    packet->length = (uint32_t)length;
    packet->due = way->last_due = latest(way->idle_at + way->delay, way->last_due);
    way->count++;
  }
}

static void deliver(struct way *way) {
  while (way->count > 0) {
    struct packet *packet = &way->packets[way->head];
    if (packet->due > now_ns()) return;
    // An interface that is down refuses the packet: lost, as on any link.
    ssize_t written = write(way->to, packet->bytes, packet->length);
    (void)written;
    way->head = (way->head + 1) % SLOTS;
    way->count--;
  }
}

static void set_shape(struct way ways[2]) {
  char line[512];
  ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
  if (length <= 0) exit(0);
  line[length] = 0;
  struct way *there = &ways[0], *back = &ways[1];
  int fields = sscanf(line, "%lu %lf %lu %lu %lu %lf %lu %lu", &there->delay, &there->loss, &there->rate,
                      &there->queue, &back->delay, &back->loss, &back->rate, &back->queue);
  if (fields != 8) {
    errno = EINVAL;
    fail("read a shape");
  }
  puts("ok");
}

static void wait_for_work(struct pollfd polled[3], const struct way ways[2]) {
  struct timespec timeout, *until = NULL;
  uint64_t due = UINT64_MAX, now = now_ns();
  for (int i = 0; i < 2; i++)
    if (ways[i].count > 0 && ways[i].packets[ways[i].head].due < due) due = ways[i].packets[ways[i].head].due;
  if (due != UINT64_MAX) {
    uint64_t rest = due > now ? due - now : 0;
    timeout = (struct timespec){.tv_sec = (time_t)(rest / NS_PER_S), .tv_nsec = (long)(rest % NS_PER_S)};
    until = &timeout;
  }
  if (ppoll(polled, 3, until, NULL) < 0 && errno != EINTR) fail("wait");
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: link-emulator NAMESPACE INTERFACE NAMESPACE INTERFACE SEED\n");
    return 2;
  }
  // A link keeps its time however busy the programs at its ends are; where that is not permitted it does its best.
  sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
  setvbuf(stdout, NULL, _IOLBF, 0);

  int first = open_interface(arguments[1], arguments[2]);
  int second = open_interface(arguments[3], arguments[4]);
  uint64_t seed = strtoull(arguments[5], NULL, 10);
  struct way ways[2] = {new_way(first, second, 2 * seed), new_way(second, first, 2 * seed + 1)};
  struct pollfd polled[3] = {
      {.fd = first, .events = POLLIN}, {.fd = second, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  puts("ready");
  for (;;) {
    wait_for_work(polled, ways);
    for (int i = 0; i < 2; i++) {
      if (polled[i].revents & POLLIN) take(&ways[i]);
      deliver(&ways[i]);
    }
    if (polled[2].revents) set_shape(ways);
    nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
  }
}
