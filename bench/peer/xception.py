"""Xception in PyTorch with the names of Cadene's port, written for these comparisons: set XCEPTION_FILE to this file."""
import torch.nn as nn
import torch.nn.functional as F


class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.conv1(x))


class Block(nn.Module):
    def __init__(self, inputs, widths, stride, start_with_relu=True):
        super().__init__()
        outputs = widths[-1]
        self.skip = None
        if outputs != inputs or stride != 1:
            self.skip = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
            self.skipbn = nn.BatchNorm2d(outputs)
        steps = []
        for width in widths:
            steps += [nn.ReLU(inplace=bool(steps)), Separable(inputs, width), nn.BatchNorm2d(width)]
            inputs = width
        if not start_with_relu:
            steps = steps[1:]
        if stride != 1:
            steps.append(nn.MaxPool2d(3, stride, 1))
        self.rep = nn.Sequential(*steps)

    def forward(self, x):
        return self.rep(x) + (x if self.skip is None else self.skipbn(self.skip(x)))


class Xception(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, stride=2, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64)
        self.block1 = Block(64, [128, 128], 2, start_with_relu=False)
        self.block2 = Block(128, [256, 256], 2)
        self.block3 = Block(256, [728, 728], 2)
        for i in range(4, 12):
            setattr(self, f"block{i}", Block(728, [728] * 3, 1))
        self.block12 = Block(728, [728, 1024], 2)
        self.conv3, self.bn3 = Separable(1024, 1536), nn.BatchNorm2d(1536)
        self.conv4, self.bn4 = Separable(1536, 2048), nn.BatchNorm2d(2048)
        self.last_linear = nn.Linear(2048, num_classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)
        for i in range(1, 13):
            x = getattr(self, f"block{i}")(x)
        x = F.relu(self.bn3(self.conv3(x)), inplace=True)
        x = F.relu(self.bn4(self.conv4(x)))
        return self.last_linear(x.mean((2, 3)))
