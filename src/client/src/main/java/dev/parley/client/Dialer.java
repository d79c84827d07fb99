package dev.parley.client;

import java.util.function.Consumer;

/** Makes one attempt: fetches a token and opens a line, elsewhere than on the owner thread. */
interface Dialer {
    /**
     * @param opened or else failed is told, once, from any thread
     * @return gives the attempt up; what it is told afterwards is of no interest, but a line must be closed
     */
    Scheduler.Cancellable dial(Connector.Ear ear, Consumer<Line> opened, Consumer<Failure> failed);
}
