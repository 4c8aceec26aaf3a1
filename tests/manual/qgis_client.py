"""QGIS, without a screen, as a client of a running service; see docs/api.md.

Run with the interpreter QGIS was installed for:
``QT_QPA_PLATFORM=offscreen /usr/bin/python3 tests/manual/qgis_client.py ADDRESS PICTURE``
"""

import sys
import time
import urllib.parse

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize


def features(address: str) -> QgsRectangle:
    """Read collections as *Layer › Add WFS / OGC API – Features* does; return their extent."""
    for name, where in (("municipios", None), ("agebs", None), ("centros", None),
                        ("centros", "service_type = 'guarderia'"),
                        ("centros", "places_central > 30")):  # fmt: skip
        started = time.monotonic()
        layer = QgsVectorLayer(f"url='{address}' typename='{name}' version='OGC_API_FEATURES'"
                               " restrictToRequestBBOX='0'", name, "OAPIF")  # fmt: skip
        if not layer.isValid():
            sys.exit(f"{name}: {layer.error().summary()}")
        if where is not None and not layer.setSubsetString(where):
            sys.exit(f"{name}: {where} refused")
        found = list(layer.getFeatures())
        drawn = sum(feature.hasGeometry() for feature in found)
        print(f"OAPIF {name} {where or ''}: {len(found)} features, {drawn} drawn, "
              f"{len(layer.fields())} columns, {layer.crs().authid()}, "
              f"{time.monotonic() - started:.1f} s")  # fmt: skip
        if name == "agebs":
            extent = layer.extent()
    return extent


def tiles(address: str) -> QgsVectorTileLayer:
    """Return a vector tile layer as *Add Vector Tile Layer* makes one."""
    template = urllib.parse.quote(f"{address}/tiles/agebs/{{z}}/{{x}}/{{y}}.mvt", safe=":/")
    layer = QgsVectorTileLayer(f"type=xyz&url={template}&zmin=8&zmax=14", "agebs")
    if not layer.isValid():
        sys.exit(f"tiles: {layer.error().summary()}")
    style = QgsVectorTileBasicRendererStyle("all", "agebs", QgsWkbTypes.PolygonGeometry)
    style.setSymbol(QgsFillSymbol.createSimple({"color": "#41b6c4", "outline_color": "#333333"}))
    style.setEnabled(True)
    renderer = QgsVectorTileBasicRenderer()
    renderer.setStyles([style])
    layer.setRenderer(renderer)
    print(f"tiles agebs: valid, zooms {layer.sourceMinZoom()} to {layer.sourceMaxZoom()}")
    return layer


def raster(address: str) -> None:
    """Open a grid in place, by ranges, as *Add Raster Layer* does."""
    layer = QgsRasterLayer(f"/vsicurl/{address}/rasters/rejilla_infancia.tif", "rejilla")
    said = f"{layer.width()}×{layer.height()}, {layer.bandCount()} bands, {layer.crs().authid()}"
    print(f"raster rejilla_infancia: {'valid, ' + said if layer.isValid() else 'not valid'}")


def draw(layer: QgsVectorTileLayer, extent: QgsRectangle, path: str) -> None:
    """Draw the tiles into a picture and say how many of its pixels are not paper."""
    mercator = QgsCoordinateReferenceSystem("EPSG:3857")
    turn = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("OGC:CRS84"), mercator, QgsProject.instance()
    )
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(mercator)
    settings.setExtent(turn.transformBoundingBox(extent))
    settings.setOutputSize(QSize(600, 600))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    picture = job.renderedImage()
    paper = picture.pixel(0, 0)
    drawn = sum(
        picture.pixel(x, y) != paper for x in range(0, 600, 5) for y in range(0, 600, 5)
    ) / 120**2  # fmt: skip
    picture.save(path)
    print(f"drawn: {drawn:.0%} of {path}; errors {[error.message for error in job.errors()]}")


def main() -> None:
    """Check one service."""
    address, path = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    print(f"QGIS {Qgis.QGIS_VERSION}")
    extent = features(address)
    layer = tiles(address)
    raster(address)
    draw(layer, extent, path)
    application.exitQgis()


main()
