"""What stands between the network and the panel: whole requests in, whole answers out.

No thread waits for a slow client. The event loop reads each request to its end, within a deadline
and within a bound for each address; then a thread answers it; then the loop sends the answer.
"""
