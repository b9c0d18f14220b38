package io.sluice.claudeapi;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Time that goes on when somebody sleeps, and by a moment when it is asked for. Survives serialization: a job's copy has
 * the time of the test.
 */
public final class TestPace implements Pace {
    private static final long serialVersionUID = 1L;

    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static final Map<Integer, Time> TIMES = new ConcurrentHashMap<>();
    private static final Duration MOMENT = Duration.ofMillis(50);

    /** Instead of the time: the process is no more. */
    public static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Time {
        Instant now;
        int untilCrash = Integer.MAX_VALUE;
        final List<Duration> sleeps = new ArrayList<>();

        Time(Instant now) {
            this.now = now;
        }
    }

    private final int number = NUMBERS.getAndIncrement();

    public TestPace(Instant start) {
        TIMES.put(number, new Time(start));
    }

    private Time time() {
        Time time = TIMES.get(number);
        if (time == null) {
            throw new IllegalStateException("no time " + number);
        }
        return time;
    }

    @Override
    public Instant now() {
        Time time = time();
        synchronized (time) {
            if (--time.untilCrash == 0) {
                throw new Crash();
            }
            time.now = time.now.plus(MOMENT);
            return time.now;
        }
    }

    @Override
    public void sleep(Duration duration) {
        Time time = time();
        synchronized (time) {
            time.sleeps.add(duration);
            time.now = time.now.plus(duration);
        }
    }

    @Override
    public double random() {
        return 0.5;
    }

    /** The process ends when the time is asked for so many times more. */
    public void crashAfter(int times) {
        Time time = time();
        synchronized (time) {
            time.untilCrash = times;
        }
    }

    public List<Duration> sleeps() {
        Time time = time();
        synchronized (time) {
            return List.copyOf(time.sleeps);
        }
    }

    /** The time without its going on. */
    public Clock clock() {
        Time time = time();
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                synchronized (time) {
                    return time.now;
                }
            }
        };
    }
}
