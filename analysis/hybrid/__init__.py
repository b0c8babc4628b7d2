"""People's labels on some items and a judge's on all: estimates of what people would say about all of them."""
