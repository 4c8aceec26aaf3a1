"""The embedded demo city: a believable Mexican city that does not exist, in INEGI's layouts.

Ciudad Jacaranda, its two small neighbours and their rural localities are drawn from a seed: plan,
people, streetscape and establishments. State 99 is nobody's, so its codes cannot be taken for
those of a real place. Everything is written under INEGI's file names, faults included
(`planted_dirt`), so that the demo goes through the same readers as real files.
"""

from data.demo.city import DemoCity, DrawnCity, draw_city, write_demo_city
from data.demo.dirt import planted_dirt

__all__ = ["DemoCity", "DrawnCity", "draw_city", "planted_dirt", "write_demo_city"]
