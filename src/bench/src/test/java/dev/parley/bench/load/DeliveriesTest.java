package dev.parley.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DeliveriesTest {
    @Test
    void nothingIsMissingWhenEveryMessageCameOnceAndInOrder() {
        Deliveries deliveries = new Deliveries(0, 1);
        LongStream.range(0, 10)
                .forEach(number -> assertThat(deliveries.take(number)).isTrue());
        assertThat(deliveries.received()).isEqualTo(10);
        assertThat(deliveries.missing(10)).isZero();
        assertThat(deliveries.repeated()).isZero();
        assertThat(deliveries.isAt(10)).isTrue();
    }

    @Test
    void aGapIsMissing() {
        Deliveries deliveries = new Deliveries(0, 1);
        deliveries.take(0);
        deliveries.take(4);
        assertThat(deliveries.skipped()).isEqualTo(3);
        assertThat(deliveries.missing(5)).isEqualTo(3);
    }

    @Test
    void whatHasNotComeYetIsMissing() {
        Deliveries deliveries = new Deliveries(0, 1);
        deliveries.take(0);
        assertThat(deliveries.missing(5)).isEqualTo(4);
        assertThat(deliveries.isAt(5)).isFalse();
    }

    @Test
    void aMessageThatComesAgainIsRepeated() {
        Deliveries deliveries = new Deliveries(0, 1);
        deliveries.take(0);
        assertThat(deliveries.take(0)).isFalse();
        assertThat(deliveries.repeated()).isEqualTo(1);
        assertThat(deliveries.received()).isEqualTo(1);
    }

    @Test
    void aMessageOutOfOrderIsMissingAndRepeated() {
        Deliveries deliveries = new Deliveries(0, 1);
        deliveries.take(1);
        deliveries.take(0);
        assertThat(deliveries.missing(2)).isEqualTo(1);
        assertThat(deliveries.repeated()).isEqualTo(1);
    }

    @Test
    void aReaderExpectsTheMessagesOfItsRoomAlone() {
        Rooms rooms = new Rooms("r", 10);
        Deliveries deliveries = new Deliveries(rooms.firstFor(13, 25), rooms.count());
        deliveries.take(33);
        deliveries.take(43);
        assertThat(deliveries.missing(53)).isZero();
        assertThat(deliveries.isAt(53)).isTrue();
        assertThat(deliveries.missing(54)).isEqualTo(1);
        deliveries.take(63);
        assertThat(deliveries.missing(64)).isEqualTo(1);
    }

    @Test
    void clientsAndMessagesMeetInTheirRoom() {
        Rooms rooms = new Rooms("room-", 7);
        for (int client = 0; client < 20; client++) {
            for (long from = 0; from < 20; from++) {
                long first = rooms.firstFor(client, from);
                assertThat(first).isBetween(from, from + 6);
                assertThat(rooms.name(first)).isEqualTo(rooms.name(client));
            }
        }
        assertThat(Rooms.one("only").name(12)).isEqualTo("only");
    }

    @Test
    void severalSendersOfARoomHaveAnOrderEach() {
        Rooms rooms = new Rooms("r", 10, 2);
        Deliveries deliveries = new Deliveries(rooms.firstFor(3, 20), rooms.count(), rooms.senders());
        // 23, 43 and 33, 53 are of one sender each.
        assertThat(deliveries.take(33)).isTrue();
        assertThat(deliveries.take(53)).isTrue();
        assertThat(deliveries.isAt(33)).isFalse();
        assertThat(deliveries.missing(60)).isEqualTo(2);
        assertThat(deliveries.take(23)).isTrue();
        assertThat(deliveries.take(43)).isTrue();
        assertThat(deliveries.isAt(60)).isTrue();
        assertThat(deliveries.missing(60)).isZero();
        assertThat(deliveries.take(33)).isFalse();
        assertThat(deliveries.take(83)).isTrue();
        assertThat(deliveries.missing(90)).isEqualTo(2);
    }

    @Test
    void sendersOfRoomsTakeTurns() {
        Rooms rooms = new Rooms("r", 3, 2);
        assertThat(LongStream.range(0, 8).map(rooms::sender)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 0L, 1L);
        assertThat(rooms.name(4)).isEqualTo("r1");
    }
}
